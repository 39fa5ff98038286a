import { useSignal } from '@preact/signals';
import { ApiError } from '../../api/client';
import { Empty, ErrorNote } from '../../components/basics';
import { Code } from '../../components/code';
import { Segments } from '../../components/fields';
import { Graph } from '../../components/graph';
import type { Explained } from './use_workspace';

const WIDTH = 300;
const LINE = 54;

export function ExplainView({ explained }: { explained: Explained | ApiError | undefined }) {
  const view = useSignal('graph');
  if (!explained) return <Empty title="No plan yet" icon="jobs">“Explain” shows how the statement at the cursor would run, without running it.</Empty>;
  if (explained instanceof ApiError) return <ErrorNote error={explained} />;
  const { text, graph } = explained;
  const boxes = graph.vertices.map((vertex) => ({ id: vertex.id, width: WIDTH, height: 16 + vertex.operators.length * LINE, vertex }));
  const links = graph.vertices.flatMap((vertex) => vertex.inputs.map((input) => ({ from: input.vertex, to: vertex.id, label: input.ship_strategy, width: 74, height: 28 })));
  return (
    <section class="explain" aria-label="Plan">
      <div class="toolbar"><Segments label="View" value={view.value} choices={[{ value: 'graph', label: 'Graph' }, { value: 'text', label: 'Text' }]} onChange={(value) => { view.value = value; }} /></div>
      {view.value === 'text' ? <Code text={text} label="plan" /> : (
        <Graph label="Plan" boxes={boxes} links={links} link={({ label }) => <span class="edge-strategy">{label}</span>}
          box={({ vertex }) => (
            <section class="vertex plan" aria-label={vertex.name}>
              {vertex.operators.map((operator) => <div key={operator.name} class="operator" title={operator.description}><div class="operator-name">{operator.name}</div><div class="operator-description">{operator.description}</div></div>)}
            </section>
          )} />
      )}
    </section>
  );
}
