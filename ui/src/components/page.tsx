import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';

interface Props {
  title: ComponentChildren;
  /** For the window's title, when `title` is more than text. */
  plain?: string;
  crumbs?: { label: string; href: string }[];
  badge?: ComponentChildren;
  actions?: ComponentChildren;
}

export function PageHeader({ title, plain, crumbs = [], badge, actions }: Props) {
  const text = plain ?? (typeof title === 'string' ? title : '');
  useEffect(() => { document.title = text ? `${text} · Millrace` : 'Millrace'; }, [text]);
  return (
    <div class="page-head">
      <div class="page-title">
        {crumbs.length > 0 && <nav aria-label="Where you are">{crumbs.map((crumb) => <a key={crumb.href} href={crumb.href}>{crumb.label}</a>)}</nav>}
        <h1>{title}{badge && <span class="title-badges">{badge}</span>}</h1>
      </div>
      {actions && <div class="actions">{actions}</div>}
    </div>
  );
}
