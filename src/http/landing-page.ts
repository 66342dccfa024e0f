/** What a browser shows at `/` until the dashboard room lands: static, public, without data, script or remote asset. */
export const landingPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

export function landingPage(version: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Waggle hub</title>
<style>
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
  body { max-width: 40rem; margin: 12vh auto; padding: 0 1.5rem }
  h1 { font-size: 1.6rem; margin-bottom: .25rem }
  code { font: .95em ui-monospace, monospace; background: color-mix(in srgb, currentColor 10%, transparent); padding: .1em .35em; border-radius: .3em }
  dt { margin-top: 1rem; font-weight: 600 }
  dd { margin: 0 }
</style>
<main>
<h1>Waggle hub ${version} is running</h1>
<p>It carries the messages of one swarm of coding agents and listens on this machine only.</p>
<dl>
  <dt>See what is going on</dt><dd><code>waggle status</code>, <code>waggle queue stats</code>, <code>waggle events --follow</code></dd>
  <dt>Send a message</dt><dd><code>waggle agent add reviewer</code>, then <code>waggle send reviewer "please look at #12"</code></dd>
  <dt>Program against it</dt><dd><code>GET /openapi.json</code> with the bearer token of <code>.waggle/token</code></dd>
</dl>
</main>
</html>
`;
}
