import { useSignal } from "@preact/signals";
import { firstSteps, type Step } from "../first-steps";

export function FirstRun({ origin }: { origin: string }) {
  return (
    <section class="first-run" aria-labelledby="first-run">
      <h2 id="first-run">Waiting for the first event</h2>
      <p>Lookout runs, and nobody has sent it anything yet. Any of these puts something here at once.</p>
      <ol>
        {firstSteps(origin).map((step) => (
          <StepItem key={step.title} step={step} />
        ))}
      </ol>
    </section>
  );
}

function StepItem({ step }: { step: Step }) {
  const said = useSignal("Copy");
  const copy = () =>
    navigator.clipboard.writeText(step.command).then(
      () => (said.value = "Copied"),
      () => (said.value = "Select it and copy"),
    );
  return (
    <li class="step">
      <h3>{step.title}</h3>
      <p>{step.where}</p>
      <div class="command">
        <code tabIndex={0}>{step.command}</code>
        <button type="button" class="button" aria-label={`Copy: ${step.title}`} onClick={copy}>
          {said}
        </button>
      </div>
    </li>
  );
}
