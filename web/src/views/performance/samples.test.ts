import { describe, expect, test } from "vitest";
import { type Instance, inSteps, requestRates, Samples } from "./samples";
import { gridOf, spanNamed } from "./span";

const NOW = Date.parse("2026-11-24T06:10:00Z");
const short = gridOf(spanNamed("2m"), NOW);

describe("what the services use", () => {
  const instance = (service: string, cpu: number, requests: number, alive = true): Instance => ({
    alive,
    age: 1,
    beat: { service, instance: "x", cpu, memory: 1e6, interval: 5, counters: { requests } },
  });

  test("is summed over the processes of a service that are alive", () => {
    const samples = new Samples();
    samples.take([instance("stream", 0.1, 0), instance("stream", 0.2, 0), instance("api", 0.5, 0, false)], NOW - 4000);
    expect(samples.services).toEqual(["stream"]);
    expect(samples.all[0]?.memory).toEqual({ stream: 2e6 });
    const cpu = inSteps(samples.all, short, (sample) => sample.cpu.stream);
    expect(cpu.at(-2)).toBeCloseTo(0.3);
    expect(cpu.at(-4)).toBeNull();
  });

  test("counts requests a minute, and begins anew with the service", () => {
    const samples = new Samples();
    [10, 30, 5].forEach((requests, index) => {
      samples.take([instance("ingest", 0, requests)], NOW + index * 5000);
    });
    expect([...requestRates(samples.all).values()]).toEqual([240]);
  });

  test("knows a rate also where the same was told again", () => {
    const samples = new Samples();
    samples.take([{ ...instance("ingest", 0, 10), age: 1 }], NOW);
    samples.take([{ ...instance("ingest", 0, 30), age: 1 }], NOW + 5000);
    samples.take([{ ...instance("ingest", 0, 30), age: 4.9 }], NOW + 9000);
    expect([...requestRates(samples.all).values()]).toEqual([240, 240]);
  });
});
