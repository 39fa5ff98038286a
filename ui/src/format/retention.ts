import type { Topic } from '../api/kafka_types';
import { duration } from './time';

/** How long a topic keeps its messages. */
export function retention({ retention_ms: millis, cleanup_policy: policy }: Pick<Topic, 'retention_ms' | 'cleanup_policy'>): string {
  if (policy === 'compact') return 'compacted';
  if (millis === null) return '–';
  return `${millis < 0 ? 'for ever' : duration(millis)}${policy?.includes('compact') ? ', compacted' : ''}`;
}
