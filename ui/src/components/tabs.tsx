import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

export interface Tab {
  id: string;
  label: string;
  href: string;
  note?: ComponentChildren;
}

/** Tabs are links: each has its address. */
export function Tabs({ tabs, current, label }: { tabs: Tab[]; current: string; label: string }) {
  const bar = useRef<HTMLElement>(null);
  // A narrow window cuts the bar off: the present tab is brought to its middle.
  useLayoutEffect(() => {
    const nav = bar.current!;
    const tab = nav.querySelector<HTMLElement>('[aria-current]');
    if (tab) nav.scrollLeft = tab.offsetLeft - nav.offsetLeft - (nav.clientWidth - tab.offsetWidth) / 2;
  }, [current]);
  return (
    <nav ref={bar} class="tabs" aria-label={label}>
      {tabs.map((tab) => (
        <a key={tab.id} href={tab.href} aria-current={tab.id === current ? 'page' : undefined}>
          {tab.label}
          {tab.note !== undefined && <span class="tab-note">{tab.note}</span>}
        </a>
      ))}
    </nav>
  );
}
