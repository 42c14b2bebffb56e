import { expect, test } from "vitest";
import { Ring, type Rows } from "./ring";
import { Sieve } from "./sieve";

function all(rows: Rows<number>): (number | undefined)[] {
  return Array.from({ length: rows.end - rows.first }, (_, index) => rows.at(rows.first + index));
}

test("what is wanted is kept, whether it was there before or comes later", () => {
  const ring = new Ring<number>(100);
  for (let number = 0; number < 10; number++) ring.push(number);
  const sieve = new Sieve(ring, (number) => number % 2 === 0);
  expect(all(sieve.rows())).toEqual([0, 2, 4, 6, 8]);
  for (let number = 10; number < 14; number++) ring.push(number);
  expect(all(sieve.rows())).toEqual([0, 2, 4, 6, 8, 10, 12]);
});

test("each row is looked at once", () => {
  const ring = new Ring<number>(100);
  let looks = 0;
  const sieve = new Sieve(ring, () => {
    looks += 1;
    return true;
  });
  for (let number = 0; number < 10; number++) {
    ring.push(number);
    sieve.rows();
  }
  expect(looks).toBe(10);
});

test("a ring that is cleared leaves nothing behind", () => {
  const ring = new Ring<number>(100);
  const sieve = new Sieve(ring, () => true);
  ring.push(1);
  sieve.rows();
  ring.clear();
  ring.push(2);
  expect(all(sieve.rows())).toEqual([2]);
});
