import { useResource } from '../../api/resource';
import { call, url } from '../../api/client';
import type { SubjectDetail } from '../../api/types';
import { Badge, Button, ErrorNote, Loading, Panel, Time } from '../../components/basics';
import { Code } from '../../components/code';
import { confirm } from '../../components/dialog';
import { SelectField } from '../../components/fields';
import { PageHeader } from '../../components/page';
import { Tabs } from '../../components/tabs';
import { notify, notifyError } from '../../components/toast';
import { prettyJson } from '../../format/json';
import { href, navigate, route, setQuery } from '../../router';
import { diffLines } from './diff';
import { SchemaCheck } from './schema_check';

const LEVELS = ['BACKWARD', 'BACKWARD_TRANSITIVE', 'FORWARD', 'FORWARD_TRANSITIVE', 'FULL', 'FULL_TRANSITIVE', 'NONE'];
const MEANINGS: Record<string, string> = {
  BACKWARD: 'readers with the new schema can read what the last one wrote',
  FORWARD: 'readers with the last schema can read what the new one writes',
  FULL: 'both ways between the new schema and the last',
  NONE: 'anything goes',
};

export function SchemaPage({ subject, tab }: { subject: string; tab: string }) {
  const resource = useResource<SubjectDetail>(url(['schemas', subject]), { every: 5000 });
  const data = resource.data.value;
  const setLevel = async (level: string) => {
    await call('PUT', url(['schemas', subject, 'compatibility']), { level }).then(() => notify(`Compatibility is now ${level}.`), notifyError);
    resource.reload();
  };
  const drop = async () => {
    const yes = await confirm({ title: `Delete the subject ${subject}?`, danger: true, typed: subject, action: 'Delete the subject', text: <p>All its versions go; messages written with them can no longer be decoded.</p> });
    if (yes) await call('DELETE', url(['schemas', subject])).then(() => navigate('#/schemas'), notifyError);
  };
  const tabs = [{ id: 'versions', label: 'Versions', note: data?.versions.length }, { id: 'diff', label: 'Compare' }, { id: 'check', label: 'Try a change' }].map((entry) => ({ ...entry, href: href(['schemas', subject, entry.id]) }));
  const base = data?.compatibility.replace('_TRANSITIVE', '') ?? '';
  return (
    <div class="page">
      <PageHeader title={<span class="mono">{subject}</span>} plain={subject} crumbs={[{ label: 'Schemas', href: '#/schemas' }]} actions={data && <Button kind="danger" icon="trash" onClick={drop}>Delete</Button>} />
      {!data ? (resource.error.value ? <ErrorNote error={resource.error.value} onRetry={resource.reload} /> : <Loading />) : (
        <>
          <div class="toolbar">
            <SelectField label="Compatibility" value={data.compatibility} onChange={(level) => void setLevel(level)} choices={LEVELS.map((level) => ({ value: level, label: level }))} />
            <span class="muted">{MEANINGS[base]}{data.compatibility.endsWith('_TRANSITIVE') && ', for all versions'}</span>
          </div>
          <p class="subline">
            {data.topics.length > 0 && <span>used by {data.topics.map((topic) => <a key={topic} href={href(['topics', topic])}>{topic}</a>)}</span>}
            {data.referenced_by?.length > 0 && <span>referenced by {data.referenced_by.map((name) => <a key={name} href={href(['schemas', name])}>{name}</a>)}</span>}
          </p>
          <Tabs label="Parts of the subject" tabs={tabs} current={tab} />
          {tab === 'diff' ? <Compare subject={data} /> : tab === 'check' ? <SchemaCheck subject={data} reload={resource.reload} /> : <Versions subject={data} reload={resource.reload} />}
        </>
      )}
    </div>
  );
}

function choices(subject: SubjectDetail) {
  return [...subject.versions].reverse().map(({ version, id }) => ({ value: String(version), label: `Version ${version} (id ${id})` }));
}

function Versions({ subject, reload }: { subject: SubjectDetail; reload: () => void }) {
  const picked = route.value.query.version ?? String(subject.versions.at(-1)?.version);
  const version = subject.versions.find((candidate) => String(candidate.version) === picked) ?? subject.versions.at(-1);
  if (!version) return null;
  const drop = async () => {
    const yes = await confirm({ title: `Delete version ${version.version}?`, danger: true, action: 'Delete the version', text: <p>Messages written with schema {version.id} can no longer be decoded.</p> });
    if (yes) await call('DELETE', url(['schemas', subject.subject, 'versions', version.version])).then(() => { setQuery({ version: undefined }); reload(); }, notifyError);
  };
  return (
    <Panel flush title={<SelectField hideLabel label="Version" value={String(version.version)} choices={choices(subject)} onChange={(value) => setQuery({ version: value })} />}
      actions={<><Badge tone="accent">{version.type.toLowerCase()}</Badge>{version.time && <Time millis={version.time} />}<Button kind="quiet" icon="trash" label={`Delete version ${version.version}`} onClick={drop} /></>}>
      {version.references?.length > 0 && <p class="subline pad">references {version.references.map((reference) => <a key={reference.name} href={href(['schemas', reference.subject], { version: reference.version })}>{reference.name} ({reference.subject} v{reference.version})</a>)}</p>}
      <Code text={prettyJson(version.schema)} language="json" label="schema" numbers />
    </Panel>
  );
}

function Compare({ subject }: { subject: SubjectDetail }) {
  const last = subject.versions.length - 1;
  const { left = String(subject.versions[Math.max(0, last - 1)]?.version), right = String(subject.versions[last]?.version) } = route.value.query;
  const text = (version: string) => prettyJson(subject.versions.find((candidate) => String(candidate.version) === version)?.schema ?? '');
  const lines = diffLines(text(left), text(right));
  const changed = lines.filter((line) => line.changed).length;
  const side = (value: string, name: 'left' | 'right') => <SelectField label={name === 'left' ? 'Before' : 'After'} value={value} choices={choices(subject)} onChange={(next) => setQuery({ [name]: next })} />;
  return (
    <>
      <div class="toolbar">{side(left, 'left')}{side(right, 'right')}<span class="muted" role="status">{changed === 0 ? 'No line differs' : `${changed} ${changed === 1 ? 'line differs' : 'lines differ'}`}</span></div>
      <div class="diff" role="table" aria-label={`Version ${left} beside version ${right}`} tabIndex={0}>
        {lines.map((line, i) => (
          <div role="row" class="diff-line" key={i}>
            <div role="cell" class={line.changed && line.left !== null ? 'removed' : line.left === null ? 'gap' : ''}>{line.changed && line.left !== null && <span class="sr-only">removed: </span>}{line.left ?? ''}</div>
            <div role="cell" class={line.changed && line.right !== null ? 'added' : line.right === null ? 'gap' : ''}>{line.changed && line.right !== null && <span class="sr-only">added: </span>}{line.right ?? ''}</div>
          </div>
        ))}
      </div>
    </>
  );
}
