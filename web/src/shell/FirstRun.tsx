import { useSignal } from "@preact/signals";
import { ask, Unanswered, useAnswer } from "../answer";
import { firstSteps, type Step } from "../first-steps";
import type { Ui } from "../ui";
import { CopyButton } from "../views/CopyButton";
import { Icon } from "../views/icons";

export function FirstRun({ ui, origin }: { ui: Ui; origin: string }) {
  return (
    <section class="first-run" aria-labelledby="first-run">
      <h2 id="first-run">Waiting for the first event</h2>
      <p>Lookout runs, and nobody has sent it anything yet. Any of these puts something here at once.</p>
      <Ingest />
      <Demo ui={ui} />
      <ol>
        {firstSteps(origin).map((step) => (
          <StepItem key={step.title} step={step} />
        ))}
      </ol>
    </section>
  );
}

const LOOK_EVERY = 5;

/** Whether an event that is sent now would be taken. */
function Ingest() {
  const { value, error } = useAnswer<{ services?: { readonly [name: string]: string } }>("/health", LOOK_EVERY);
  const word = error ? "unhealthy" : value?.services?.ingest;
  if (word === undefined || word === "unknown") return null;
  const takes = word === "healthy";
  return (
    <p class={takes ? "ingest ok" : "ingest warn"}>
      <Icon shape={takes ? "dot" : "rise"} />
      {takes ? "Ingest is there and takes events." : "Ingest does not answer: see the logs in the data folder."}
    </p>
  );
}

/** No button where this Lookout plays no demo. */
function Demo({ ui }: { ui: Ui }) {
  const asked = useSignal(false);
  const missing = useSignal(false);
  if (missing.value) return null;
  const load = () => {
    asked.value = true;
    ask("/demo", { method: "POST" }).then(
      () => ui.say("A recorded session plays"),
      (reason: Error) => {
        asked.value = false;
        missing.value = reason instanceof Unanswered && reason.status === 404;
        ui.say(missing.value ? "This Lookout plays no demo: use the command below." : reason.message);
      },
    );
  };
  return (
    <div>
      <button type="button" class="button strong" disabled={asked.value} onClick={load}>
        {asked.value ? "A recorded session plays …" : "Load demo"}
      </button>
    </div>
  );
}

function StepItem({ step }: { step: Step }) {
  return (
    <li class="step">
      <h3>{step.title}</h3>
      <p>{step.where}</p>
      <div class="command">
        <code tabIndex={0}>{step.command}</code>
        <CopyButton text={() => step.command} of={step.title} />
      </div>
    </li>
  );
}
