import type { ComponentChildren } from 'preact';

/** What stands where there is nothing: why, and what to do next. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  );
}

export function Command({ children }: { children: string }) {
  return <code class="command">{children}</code>;
}

export function Trouble({ text }: { text: string | undefined }) {
  if (text === undefined) return null;
  return (
    <p class="trouble" role="alert">
      {text}
    </p>
  );
}
