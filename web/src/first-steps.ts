import hooks from "../../deploy/claude-code.json";

export interface Step {
  readonly title: string;
  readonly where: string;
  readonly command: string;
}

const DEFAULT_ORIGIN = "http://localhost:5000";

/** What puts a first event into the log; the commands name this page's address, whatever its port. */
export function firstSteps(origin: string): Step[] {
  const settings = JSON.stringify(hooks).replaceAll(DEFAULT_ORIGIN, origin);
  return [
    {
      title: "Connect Claude Code",
      where: "In the folder of your project. The hooks hold for this run; nothing is written.",
      command: `claude --settings ${quoted(settings)}`,
    },
    {
      title: "Send an event of your own",
      where: "Anywhere on this machine.",
      command: `curl ${origin}/events -d ${quoted('{"type":"custom_event","data":{"message":"hello"}}')}`,
    },
    {
      title: "Play a recorded team session",
      where: "In Lookout's own folder.",
      command: origin === DEFAULT_ORIGIN ? "make demo" : `LOOKOUT_URL=${origin} make demo`,
    },
  ];
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
