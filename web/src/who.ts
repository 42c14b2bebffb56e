import { signal } from "@preact/signals";

/** Who has signed in; null in local mode, where there is no login, and until it is known. */
export const who = signal<string | null>(null);

interface Me {
  readonly id: string;
  readonly login: boolean;
}

/** Asks the API who this is, and leads to the login page, and back here from it, where it is nobody any more. */
export async function askWho(): Promise<void> {
  const answer = await fetch("/me").catch(() => null);
  if (answer?.status === 401) leave();
  if (!answer?.ok) return;
  const me: Me = await answer.json();
  who.value = me.login ? me.id : null;
}

function leave(): void {
  location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
}
