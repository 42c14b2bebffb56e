import { expect, test } from "vitest";
import { knownOf } from "./known";
import { accepted, type Known, suggest } from "./suggest";

const KNOWN: Known = {
  agent: [
    ["engineer-1", "engineer"],
    ["pm", ""],
    ["the reviewer", "qa"],
  ],
  tool: [
    ["Read", ""],
    ["Bash", ""],
  ],
};

function texts(text: string, caret = text.length): string[] {
  return suggest(text, caret, KNOWN).map((each) => each.text);
}

test("a beginning is a field's, and an empty place any field's", () => {
  expect(texts("ag")).toEqual(["agent:", "agent_id:"]);
  expect(texts("tool:Read -ty")).toEqual(["type:"]);
  expect(texts("tool:Read ")).toHaveLength(8);
  expect(texts("zzz")).toEqual([]);
});

test("after a field come its values, those first that begin so", () => {
  expect(texts("agent:")).toEqual(["engineer-1", "pm", '"the reviewer"']);
  expect(texts("agent:e")).toEqual(["engineer-1", '"the reviewer"']);
  expect(texts("-tool:Read,b")).toEqual(["Bash"]);
  expect(texts("tool:Bash")).toEqual([]);
  expect(texts("tool~B")).toEqual([]);
  expect(texts('agent:"the r')).toEqual(['"the reviewer"']);
  expect(texts("https:")).toEqual([]);
});

test("what is in the middle of the text is completed there", () => {
  const text = "agent:p tool:Bash";
  const [suggestion] = suggest(text, 7, KNOWN);
  expect(suggestion).toMatchObject({ text: "pm", start: 6, end: 7 });
  expect(suggestion && accepted(text, suggestion)).toEqual(["agent:pm tool:Bash", 8]);
});

test("a field waits for its value, and a value is followed by a space", () => {
  const [field] = suggest("-to", 3, KNOWN);
  expect(field && accepted("-to", field)).toEqual(["-tool:", 6]);
  const [value] = suggest("tool:Re", 7, KNOWN);
  expect(value && accepted("tool:Re", value)).toEqual(["tool:Read ", 10]);
});

test("the state knows names, the most used first", () => {
  const known = knownOf({
    projects: {
      shop: {
        activity: { types: { prompt: 2, tool_use: 9 } },
        agents: { "s/main": { name: "pm", agent_id: "main", session: "s" } },
        sessions: { s: { session_id: "s", title: "Fix it" } },
        tools: {
          "/Read": { tool: "Read", calls: 3 },
          "/Bash": { tool: "Bash", calls: 5 },
          "pm/": { agent: "pm", calls: 9 },
        },
      },
    },
  });
  expect(known.type?.map(([value]) => value)).toEqual(["tool_use", "prompt"]);
  expect(known.tool?.map(([value]) => value)).toEqual(["Bash", "Read"]);
  expect(known.session).toEqual([["s", "Fix it"]]);
  expect(known.project).toEqual([["shop", ""]]);
  expect(knownOf(null).agent).toEqual([]);
});
