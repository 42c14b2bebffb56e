export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * RFC 7396. What the patch does not touch keeps its identity, so a view can tell by `===` what changed.
 *
 * The results have no prototype: keys are names that agents chose, and `__proto__` must stay an ordinary one.
 */
export function merge(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const result: Record<string, Json> = Object.assign(Object.create(null), isObject(target) ? target : undefined);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merge(result[key], value);
  }
  return result;
}

function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
