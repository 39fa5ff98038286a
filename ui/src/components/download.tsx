import { Button } from './basics';

interface Props {
  name: string;
  label: string;
  /** Made when the button is pressed. */
  text: () => string;
}

/** Saves a text as a file. */
export function DownloadButton({ name, label, text }: Props) {
  const save = () => {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([text()], { type: name.endsWith('.csv') ? 'text/csv' : 'application/x-ndjson' }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  };
  return <Button kind="quiet" icon="download" label={label} onClick={save} />;
}
