import type { ComponentChildren } from "preact";
import type { Answer } from "../answer";
import { Failure, Skeleton } from "./Guard";

interface Props<T> {
  what: string;
  answer: Answer<T>;
  children: (value: T) => ComponentChildren;
}

/** What the API said, or while it has said nothing that it is waited for, or why it cannot be had. */
export function Answered<T>({ what, answer: { value, error, retry }, children }: Props<T>) {
  if (error) return <Failure what={what} why={error} retry={retry} />;
  return value === null ? <Skeleton /> : children(value);
}
