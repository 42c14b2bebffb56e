import { Component, type ComponentChildren } from "preact";

interface Props {
  /** What fails, as in "The agents cannot be shown". */
  what: string;
  children: ComponentChildren;
}

/** Keeps a failure to the part in which it is; the others go on. */
export class Guard extends Component<Props, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static override getDerivedStateFromError(error: unknown) {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render({ what, children }: Props, { error }: { error: Error | null }) {
    if (!error) return children;
    return <Failure what={what} why={error.message} retry={() => this.setState({ error: null })} />;
  }
}

interface FailureProps {
  what: string;
  why: string;
  retry: () => void;
  /** What the button says. */
  word?: string;
}

/** Stands where something should be, says what is the matter, and tries again. */
export function Failure({ what, why, retry, word = "Try again" }: FailureProps) {
  return (
    <section class="failure" role="alert">
      <p>
        <strong>{what} cannot be shown.</strong> {why}
      </p>
      <button type="button" class="button" onClick={retry}>
        {word}
      </button>
    </section>
  );
}

/** Shows itself only when there is something to wait for: not in the first 200 ms (shell.css). */
export function Skeleton() {
  return (
    <div class="skeleton" aria-hidden="true">
      <span />
      <span />
      <span />
    </div>
  );
}
