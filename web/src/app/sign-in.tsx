import { Command } from '../ui/empty.tsx';

/** What somebody sees whom the hub does not know: how to come in. */
export function SignIn({ why }: { why: string }) {
  return (
    <main class="sign-in">
      <img src="/icon.svg" alt="" width="52" height="52" />
      <h1>Open the dashboard</h1>
      {why === '' ? null : (
        <p class="trouble" role="alert">
          {why}
        </p>
      )}
      <p>In the folder of your swarm, run</p>
      <Command>waggle status</Command>
      <p>
        and open the address it prints beside <em>dashboard</em>. It signs in this browser, works once, and for five
        minutes.
      </p>
    </main>
  );
}
