import { expect, test } from "vitest";
import { type Json, merge } from "./patch";

const RFC_7396_APPENDIX_A: [string, string, string][] = [
  ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
  ['{"a":"b"}', '{"a":null}', "{}"],
  ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
  ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
  ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
  ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
  ['["a","b"]', '["c","d"]', '["c","d"]'],
  ['{"a":"b"}', '["c"]', '["c"]'],
  ['{"a":"foo"}', "null", "null"],
  ['{"a":"foo"}', '"bar"', '"bar"'],
  ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
  ["[1,2]", '{"a":"b","c":null}', '{"a":"b"}'],
  ["{}", '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
];

test.each(RFC_7396_APPENDIX_A)("%s patched with %s is %s", (target, patch, result) => {
  expect(JSON.stringify(merge(JSON.parse(target), JSON.parse(patch)))).toBe(result);
});

test("what a patch does not name keeps its identity, and the target stays as it was", () => {
  const target = { agents: { pm: { calls: 1 }, qa: { calls: 2 } } };
  const result = merge(target, { agents: { pm: { calls: 3 } } }) as typeof target;
  expect(result.agents.qa).toBe(target.agents.qa);
  expect(result.agents.pm).not.toBe(target.agents.pm);
  expect(target.agents.pm.calls).toBe(1);
});

test("__proto__ is a name like any other", () => {
  const patch: Json = JSON.parse('{"agents":{"__proto__":{"admin":true}}}');
  const twice = merge(merge({ agents: {} }, patch), patch) as { agents: object };
  expect(Object.keys(twice.agents)).toEqual(["__proto__"]);
  expect("admin" in twice.agents).toBe(false);
  expect("admin" in {}).toBe(false);
});
