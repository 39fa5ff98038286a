// 16-pixel line icons, drawn for this app.
const PATHS = {
  overview: 'M2 9h4V2H2zM2 14h4v-3H2zM10 14h4V7h-4zM10 5h4V2h-4z',
  jobs: 'M2 4h4v3H2zM10 2h4v3h-4zM10 10h4v3h-4zM6 5.5h2M8 3.5h2M8 3.5v8h2',
  machines: 'M2 3h12v4H2zM2 9h12v4H2zM4.5 5h.01M4.5 11h.01M7 5h5M7 11h5',
  config: 'M2 4h7M13 4h1M2 8h1M7 8h7M2 12h7M13 12h1M11 2.5v3M5 6.5v3M11 10.5v3',
  topics: 'M2 3h12M2 6.3h12M2 9.6h8M2 13h5',
  schemas: 'M6 2C3.5 2 5 7 2.5 8 5 9 3.500 14 6 14M10 2c2.500 0 1 5 3.500 6-2.500 1-1 6-3.500 6',
  groups: 'M5.500 7.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5zM1.500 13.500c0-5 8-5 8 0M11 3a2.300 2.300 0 0 1 0 4.500M11.500 9.800c1.800.3 3 1.500 3 3.700',
  sql: 'M2 4l4 4-4 4M8 12.500h6',
  search: 'M7 11.500a4.500 4.500 0 1 0 0-9 4.500 4.500 0 0 0 0 9zM10.500 10.500L14 14',
  sun: 'M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM8 1v1.500M8 13.500V15M1 8h1.500M13.500 8H15M3 3l1 1M12 12l1 1M3 13l1-1M12 4l1-1',
  moon: 'M13.500 9.500A6 6 0 0 1 6.500 2.500a6 6 0 1 0 7 7z',
  auto: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 2v12M10 3v10M12 4.500v7',
  menu: 'M2 4h12M2 8h12M2 12h12',
  close: 'M3.500 3.500l9 9M12.500 3.500l-9 9',
  copy: 'M5.500 5.500h8v8h-8zM10.500 5.500v-3h-8v8h3',
  check: 'M3 8.500l3.500 3.500L13 4.500',
  play: 'M4 2.500v11l9-5.500z',
  stop: 'M3.500 3.500h9v9h-9z',
  pause: 'M5 3v10M11 3v10',
  plus: 'M8 3v10M3 8h10',
  down: 'M4 6l4 4 4-4',
  right: 'M6 4l4 4-4 4',
  refresh: 'M13.500 8A5.500 5.500 0 1 1 11.500 3.800M13.500 2v3.500H10',
  download: 'M8 2.500v8M4.500 7.500L8 11l3.500-3.500M2.500 13.500h11',
  trash: 'M2.500 4.500h11M6 4.500V2.500h4v2M4 4.500l.7 9h6.600l.7-9',
  external: 'M9 2.500h4.500V7M13.500 2.500L7.500 8.500M11 9v4.500H2.500V5H7',
  table: 'M2 3h12v10H2zM2 6.500h12M6 6.500V13',
  view: 'M1.500 8c3-6 10-6 13 0-3 6-10 6-13 0zM8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4z',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 4.500V8l2.500 1.500',
  warn: 'M8 2l6.500 11.500h-13zM8 6.500v3M8 11.500h.01',
  link: 'M6.500 9.500l3-3M7 4.500l1.500-1.500a2.800 2.800 0 0 1 4 4L11 8.500M9 11.500L7.500 13a2.800 2.800 0 0 1-4-4L5 7.500',
};

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
