import { expect, test } from "vitest";
import { changed, parse } from "../../url";
import { changeOf, lookOf } from "./look";

test("what is looked at survives the way through the URL", () => {
  for (const look of [
    { span: 300_000, to: null },
    { span: 1500, to: null },
    { span: 86_400_000, to: 1_795_500_000_000 },
  ]) {
    expect(lookOf(changed(new Map([["view", "agents"]]), changeOf(look)))).toEqual(look);
  }
});

test("the last five minutes need no word", () => {
  expect(changeOf({ span: 300_000, to: null })).toEqual({ range: null, until: null });
});

test.each(["range=x&until=y", "range=0&until=-5", "range=1e99&until=1e99", ""])(
  "%j is the last five minutes",
  (search) => {
    expect(lookOf(parse(search))).toEqual({ span: 300_000, to: null });
  },
);
