globalThis.foreignAttempts = async (foreign) => {
  // Runs in the page, as what an injected script would try; says what became of each attempt.
  const outcome = (what) =>
    Promise.resolve()
      .then(what)
      .then(
        () => 'went',
        () => 'blocked',
      );
  const element = (name, attributes) =>
    new Promise((resolve, reject) => {
      const made = Object.assign(document.createElement(name), attributes);
      made.addEventListener('load', resolve);
      made.addEventListener('error', reject);
      document.body.append(made);
    });
  return {
    fetch: await outcome(() => fetch(foreign)),
    // Always says that it went; whether it did, the one it went to knows.
    beacon: await outcome(() => navigator.sendBeacon(foreign, 'x')).then(() => 'asked'),
    image: await outcome(() => element('img', { src: `${foreign}x.png` })),
    script: await outcome(() => element('script', { src: `${foreign}x.js` })),
    style: await outcome(() => element('link', { rel: 'stylesheet', href: `${foreign}x.css` })),
    html: await outcome(() => document.body.insertAdjacentHTML('beforeend', '<b>x</b>')),
    inline: await outcome(() => {
      const script = document.createElement('script');
      script.append('window.inline = 1');
      document.body.append(script);
      if (!('inline' in window)) throw new Error('it did not run');
    }),
  };
};
