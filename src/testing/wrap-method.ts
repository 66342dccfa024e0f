type Method = (this: unknown, ...args: unknown[]) => unknown;

/** For tests: puts another method in the place of one, made out of what it was. Returns how to put that back. */
export function wrapMethod(owner: object, name: string, make: (former: Method) => Method): () => void {
  const former = Object.getOwnPropertyDescriptor(owner, name);
  if (former === undefined) throw new Error(`there is no own method ${name}`);
  Object.defineProperty(owner, name, { ...former, value: make(former.value as Method) }); // whoever names it knows it is one
  return () => Object.defineProperty(owner, name, former);
}

/** For tests: tells `spend` what each call of a method cost. Returns how to stop that. */
export function meterMethod(
  owner: object,
  name: string,
  spend: (cost: number) => void,
  cost: (self: unknown, args: readonly unknown[], result: unknown) => number,
): () => void {
  return wrapMethod(
    owner,
    name,
    (former) =>
      function (...args) {
        const result = former.apply(this, args);
        spend(cost(this, args, result));
        return result;
      },
  );
}
