import { effect, signal } from '@preact/signals';

const themes = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];
const key = 'waggle-theme';

export const theme = signal<Theme>(themes.find((known) => known === localStorage.getItem(key)) ?? 'auto');

effect(() => {
  localStorage.setItem(key, theme.value);
  if (theme.value === 'auto') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme.value;
});

export function nextTheme(): void {
  theme.value = themes[(themes.indexOf(theme.value) + 1) % themes.length] ?? 'auto';
}
