import { computed } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { useAnswer } from "../../answer";
import { dayOf } from "../../query/range";
import { age, clock, count, plain } from "../../text";
import type { Ui } from "../../ui";
import { Facts } from "../Facts";
import { Empty } from "../Panel";
import type { LogStatus } from "./status";
import { forecastWords, retentionWords, size } from "./words";

const SECONDS = 3600;

export function LogFacts({ ui, log }: { ui: Ui; log: LogStatus | null }) {
  if (!log) return <Empty>The log does not answer, so nothing can be stored now.</Empty>;
  return <Kept ui={ui} log={log} />;
}

function Kept({ ui, log }: { ui: Ui; log: LogStatus }) {
  const { first, last, bytes, max_bytes, epoch } = log;
  const oldest = useStored(first, last >= first);
  const now = ui.shown.now.value;
  const events = Math.max(0, last - first + 1);
  return (
    <div class="system-body">
      <Facts
        facts={[
          ["Events", events === 0 ? "none yet" : `${count(events)}: #${count(first)} to #${count(last)}`],
          ["Oldest", !Number.isNaN(oldest) && `${dayAndTime(oldest)}, ${age(now - oldest)} ago`],
          ["Size", bytes !== undefined && `${size(bytes)}${max_bytes ? ` of at most ${size(max_bytes)}` : ""}`],
          ["Epoch", plain(epoch)],
        ]}
      />
      {bytes !== undefined && max_bytes ? <Filled share={bytes / max_bytes} /> : null}
      <p class="muted">{retentionWords(log)}</p>
      <p class="muted">{forecastWords(log, oldest, now)}</p>
    </div>
  );
}

function Filled({ share }: { share: number }) {
  const hundredths = Math.min(100, share * 100);
  return (
    <span
      class={share > 0.9 ? "gauge filled warn" : "gauge filled ok"}
      role="img"
      aria-label={`${hundredths.toFixed(1)} % of its room is taken`}
    >
      <span class="fill" style={{ width: `${hundredths}%` }} />
    </span>
  );
}

/** When an event was stored, in milliseconds; NaN while that is not known. */
function useStored(seq: number, there: boolean): number {
  const wanted = useMemo(() => computed(() => there), [there]);
  const { value } = useAnswer<{ stored?: string }>(`/events/${seq}`, SECONDS, wanted);
  return Date.parse(value?.stored ?? "");
}

function dayAndTime(time: number): string {
  return `${dayOf(time)} ${clock(time).slice(0, 8)}`;
}
