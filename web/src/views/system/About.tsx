import { useAnswer } from "../../answer";
import { age, plain } from "../../text";
import type { Ui } from "../../ui";
import { Facts } from "../Facts";

const SECONDS = 30;

interface Health {
  readonly version?: string;
  readonly uptime?: number;
}

const LINKS = [
  ["/docs", "What the API answers, to read"],
  ["/openapi.json", "The same for programs"],
  ["/metrics", "Figures for Prometheus"],
] as const;

export function About({ ui }: { ui: Ui }) {
  const { value } = useAnswer<Health>("/health", SECONDS);
  return (
    <div class="system-body">
      <Facts
        facts={[
          ["Version", value?.version && plain(value.version)],
          ["Page", ui.updated.value ? "older than Lookout: reload it" : "of the same version"],
          ["Up for", value?.uptime !== undefined && age(value.uptime * 1000)],
          ["Address", location.origin],
        ]}
      />
      <ul class="system-lines">
        {LINKS.map(([path, words]) => (
          <li key={path}>
            <a class="system-link" href={path}>
              {path}
            </a>{" "}
            <span class="muted">{words}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
