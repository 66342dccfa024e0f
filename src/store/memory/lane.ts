/**
 * Lets one transaction at a time have the store. A call made while none runs is executed at once; the others wait for
 * their turn, in the order in which they were made.
 */
export class Lane {
  #occupied = false;
  #waiting: (() => void)[] = [];
  #next = 0;

  /** Runs a synchronous call: now, or after the transactions before it. */
  run<T>(call: () => T): Promise<T> {
    if (this.#occupied) {
      return new Promise((resolve, reject) => {
        this.#waiting.push(() => {
          try {
            resolve(call());
          } catch (error) {
            reject(error);
          }
        });
      });
    }
    try {
      return Promise.resolve(call());
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Runs a body that has the store to itself until it settles. */
  occupy<T>(body: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const start = () => {
        this.#occupied = true;
        body()
          .then(resolve, reject)
          .finally(() => this.#leave());
      };
      if (this.#occupied) this.#waiting.push(start);
      else start();
    });
  }

  #leave(): void {
    this.#occupied = false;
    while (!this.#occupied) {
      const start = this.#waiting[this.#next];
      if (start === undefined) {
        this.#waiting = [];
        this.#next = 0;
        return;
      }
      this.#next += 1;
      start();
    }
  }
}
