import { expect, test } from "vitest";
import { firstSteps } from "./first-steps";

test("every command names this page's address, whatever its port", () => {
  for (const { command } of firstSteps("http://localhost:5001")) {
    expect(command).toContain("http://localhost:5001");
    expect(command).not.toContain("localhost:5000");
  }
});

test("the demo names the address only where it is not the default", () => {
  expect(firstSteps("http://localhost:5000").at(-1)?.command).toBe("make demo");
  expect(firstSteps("http://localhost:5001").at(-1)?.command).toBe("LOOKOUT_URL=http://localhost:5001 make demo");
});
