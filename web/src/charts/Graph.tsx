import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { compact, count, shortened, took } from "../text";
import { hueOf } from "../views/Name";
import { type Graph as Drawn, type Node, neighbour, type PlacedNode, statusOf } from "./graph";
import "../styles/charts.css";

interface Props {
  graph: Drawn;
  narrow: boolean;
  /** The id of a node. */
  chosen: string;
  onChoose: (node: Node) => void;
}

interface Measures {
  readonly width: number;
  readonly column: number;
  readonly row: number;
}

const WIDE: Measures = { width: 188, column: 320, row: 62 };
const NARROW: Measures = { width: 220, column: 28, row: 62 };
const HEIGHT = 44;
const MARGIN = 12;

/** Who called whom. Arrow keys lead along the calls, Enter chooses. */
export function Graph({ graph, narrow, chosen, onChoose }: Props) {
  const focus = useSignal("");
  const root = useRef<SVGSVGElement>(null);
  const moved = useRef(false);
  const at = graph.nodes.some(({ node }) => node.id === focus.value) ? focus.value : (graph.nodes[0]?.node.id ?? "");
  useLayoutEffect(() => {
    if (moved.current) root.current?.querySelector<SVGElement>('[tabindex="0"]')?.focus();
    moved.current = false;
  }, [at]);
  const measures = narrow ? NARROW : WIDE;
  const places = placesOf(graph, narrow, measures);
  const keys = (event: KeyboardEvent) => {
    if (event.key === "Enter" || event.key === " ") {
      const here = graph.nodes.find(({ node }) => node.id === at);
      if (here) onChoose(here.node);
    } else {
      const next = neighbour(graph, at, event.key);
      if (next === at) return;
      moved.current = true;
      focus.value = next;
    }
    event.preventDefault();
  };
  const [width, height] = extent(places, measures);
  return (
    <div class="graph-scroller" role="tree" aria-label="Who called whom" onKeyDown={keys}>
      <svg class="graph" role="presentation" width={width} height={height} ref={root}>
        {graph.nodes.map(({ node }) => (
          <Edge key={node.id} node={node} places={places} measures={measures} narrow={narrow} />
        ))}
        {graph.nodes.map(({ node }) => (
          <Box
            key={node.id}
            node={node}
            place={places.get(node.id)}
            width={measures.width}
            edge={narrow && node.parent ? edgeLabel(node) : ""}
            focused={node.id === at}
            chosen={node.id === chosen}
            onChoose={() => {
              focus.value = node.id;
              onChoose(node);
            }}
          />
        ))}
      </svg>
    </div>
  );
}

interface Place {
  readonly x: number;
  readonly y: number;
}

/** On a narrow screen each node has a row of its own, and the called stand a little to the right of their caller. */
function placesOf(graph: Drawn, narrow: boolean, { column, row }: Measures): Map<string, Place> {
  const place = ({ node, row: at }: PlacedNode, index: number): [string, Place] => [
    node.id,
    { x: MARGIN + node.depth * column, y: MARGIN + (narrow ? index : at) * row },
  ];
  return new Map(graph.nodes.map(place));
}

function extent(places: ReadonlyMap<string, Place>, { width }: Measures): [number, number] {
  const all = [...places.values()];
  return [
    all.reduce((most, { x }) => Math.max(most, x), 0) + width + MARGIN,
    all.reduce((most, { y }) => Math.max(most, y), 0) + HEIGHT + MARGIN,
  ];
}

interface EdgeProps {
  node: Node;
  places: ReadonlyMap<string, Place>;
  measures: Measures;
  narrow: boolean;
}

function Edge({ node, places, measures, narrow }: EdgeProps) {
  const from = places.get(node.parent);
  const to = places.get(node.id);
  if (!from || !to) return null;
  const y = to.y + HEIGHT / 2;
  if (narrow) return <path class="edge" d={`M${from.x + 12} ${from.y + HEIGHT}V${y}H${to.x}`} />;
  const start = from.x + measures.width;
  const bend = start + 14;
  const straight = from.y === to.y;
  const path = straight ? `M${start} ${y}H${to.x - 5}` : `M${bend} ${from.y + HEIGHT / 2}V${y - 8}q0 8 8 8H${to.x - 5}`;
  return (
    <>
      <path class={node.failed > 0 ? "edge crit" : "edge"} d={path} />
      <path class="edge-head" d={`M${to.x - 7} ${y - 4}l6 4l-6 4Z`} />
      <text class={node.failed > 0 ? "edge-label crit" : "edge-label"} x={to.x - 12} y={y - 6} text-anchor="end">
        {edgeLabel(node)}
      </text>
    </>
  );
}

/** `41 · 2.1 s · 0 failed`. */
export function edgeLabel({ calls, p95, failed }: Node): string {
  return [`${compact(calls)}×`, p95 === null ? "" : took(p95), failed > 0 ? `${failed} failed` : ""]
    .filter(Boolean)
    .join(" · ");
}

interface BoxProps {
  node: Node;
  place: Place | undefined;
  width: number;
  /** What would stand on the line to it, where there is no room for that. */
  edge: string;
  focused: boolean;
  chosen: boolean;
  onChoose: () => void;
}

function Box({ node, place, width, edge, focused, chosen, onChoose }: BoxProps) {
  if (!place) return null;
  const status = statusOf(node);
  const { length } = node.agents;
  return (
    <g
      class={`node ${toneOf(status)}${chosen ? " chosen" : ""}`}
      role="treeitem"
      tabindex={focused ? 0 : -1}
      aria-level={node.depth + 1}
      aria-selected={chosen}
      aria-label={tellNode(node, edge)}
      transform={`translate(${place.x} ${place.y})`}
      onClick={onChoose}
    >
      <rect class="node-box" width={width} height={HEIGHT} rx="6" />
      <rect class={`node-stripe hue-${hueOf(node.name)}`} x="8" y="9" width="3" height="14" rx="1" />
      <text class="node-name" x="18" y="20">
        {nameIn(node)}
        {length > 1 && <tspan class="node-count"> ×{count(length)}</tspan>}{" "}
      </text>
      <text class="node-status" x="18" y="36">
        {doingOf(node, status)}{" "}
      </text>
      {edge && (
        <text class="edge-label" x={width - 8} y="36" text-anchor="end">
          {edge}
        </text>
      )}
    </g>
  );
}

const TONES = new Map([
  ["active", "ok"],
  ["waiting", "warn"],
  ["stalled", "warn"],
  ["failed", "crit"],
  ["lost", "crit"],
]);

function toneOf(status: string): string {
  return TONES.get(status) ?? "";
}

function doingOf({ agents }: Node, status: string): string {
  const so = agents.filter(({ value }) => value.status === status).length;
  return agents.length > 1 ? `${count(so)} ${status}` : status;
}

/** As much of a name as there is room for. */
function nameIn({ name, agents }: Node): string {
  return shortened(name, agents.length > 1 ? 16 : 20);
}

/** `engineer ×3 2 active, called 41 times, 95 % within 2.1 s, 0 failed`: what is written first, and then the rest. */
function tellNode(node: Node, edge: string): string {
  const { name, agents, calls, p95, failed } = node;
  const many = agents.length > 1 ? `×${count(agents.length)}` : "";
  const written = [nameIn(node), many, doingOf(node, statusOf(node)), edge].filter(Boolean).join(" ");
  const whole = nameIn(node) === name ? [] : [name];
  const quick = p95 === null ? [] : [`95 % within ${took(p95)}`];
  const called = calls === 1 ? "called once" : `called ${count(calls)} times`;
  return [written, ...whole, called, ...quick, `${count(failed)} failed`].join(", ");
}

/** The same as a table. */
export function GraphTable({ graph }: { graph: Drawn }) {
  const names = new Map(graph.nodes.map(({ node }) => [node.id, node.name]));
  return (
    <section class="scroller" tabIndex={0} aria-label="Who called whom, as a table">
      <table class="table">
        <thead>
          <tr>
            <th scope="col">Agent</th>
            <th scope="col">Called by</th>
            <th scope="col">Status</th>
            {["Agents", "Calls", "p95", "Failed"].map((title) => (
              <th scope="col" class="number" key={title}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {graph.nodes.map(({ node }) => (
            <tr key={node.id}>
              <th scope="row">{node.name}</th>
              <td class="muted">{names.get(node.parent) ?? "–"}</td>
              <td>{doingOf(node, statusOf(node))}</td>
              <td class="number">{count(node.agents.length)}</td>
              <td class="number">{count(node.calls)}</td>
              <td class="number">{node.p95 === null ? "–" : took(node.p95)}</td>
              <td class="number">{count(node.failed)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
