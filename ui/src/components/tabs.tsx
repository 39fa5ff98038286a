import type { ComponentChildren } from 'preact';

export interface Tab {
  id: string;
  label: string;
  href: string;
  note?: ComponentChildren;
}

/** Tabs are links: each has its address. */
export function Tabs({ tabs, current, label }: { tabs: Tab[]; current: string; label: string }) {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map((tab) => (
        <a key={tab.id} href={tab.href} aria-current={tab.id === current ? 'page' : undefined}>
          {tab.label}
          {tab.note !== undefined && <span class="tab-note">{tab.note}</span>}
        </a>
      ))}
    </nav>
  );
}
