/** Resolves when `count` values have been handed in. */
export function collector<T>(count: number) {
  const values: T[] = [];
  let done = (_: T[]) => {};
  const full = new Promise<T[]>((resolve) => {
    done = resolve;
  });
  const add = (value: T) => {
    values.push(value);
    if (values.length === count) done(values);
  };
  return { add, full, values };
}
