// The broken build the clock tests must catch: loaded with --import into a hub, it decides deadlines by the wall clock.
performance.now = () => Date.now();
