import { signal } from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';

const media = matchMedia('(prefers-color-scheme: dark)');
const stored = localStorage.getItem('theme');
export const theme = signal<Theme>(stored === 'dark' || stored === 'light' ? stored : 'system');

/** Whether the page is dark now; plots, which draw on canvas, follow it. */
export const dark = signal(isDark());

function isDark(): boolean {
  return theme.value === 'system' ? media.matches : theme.value === 'dark';
}

media.addEventListener('change', () => (dark.value = isDark()));

export function setTheme(next: Theme): void {
  theme.value = next;
  if (next === 'system') {
    localStorage.removeItem('theme');
    delete document.documentElement.dataset.theme;
  } else {
    localStorage.setItem('theme', next);
    document.documentElement.dataset.theme = next;
  }
  dark.value = isDark();
}

export function nextTheme(): void {
  setTheme(theme.value === 'system' ? 'dark' : theme.value === 'dark' ? 'light' : 'system');
}

/** Whether the window is too narrow for wide tables; follows the window. */
const narrowMedia = matchMedia('(max-width: 760px)');
export const narrow = signal(narrowMedia.matches);
narrowMedia.addEventListener('change', () => (narrow.value = narrowMedia.matches));
