import { getCorrelationId } from '@corr/propagator';
import { activeHop } from '@corr/propagator/internal';
import { checkedField } from './correlation-mixin';
import type { FieldOptions } from './correlation-mixin';

/** Name and value of a field, as it stands on a record. */
export type Field = readonly [name: string, value: string];

/** Fields that belong together: a record that has the first name already has them all of its own. */
export interface FieldSource {
  readonly names: readonly [string, ...string[]];
  /** The fields of a record that is written now, in the order of the names; none where there is nothing to say. */
  now(): readonly Field[];
}

/**
 * What every stamped record gets, whatever logger writes it: the ID, its hop, and behind them what the further sources say.
 *
 * The one place to add a field: each logger's adapter asks here, and adds what the record lacks.
 */
export class RecordFields {
  readonly id: Required<FieldOptions>;
  private readonly sources: readonly FieldSource[];

  /** Errors: throws a `TypeError` that names option, value and expectation. */
  constructor(options: FieldOptions = {}, readonly behind: readonly FieldSource[] = []) {
    this.id = checkedField(options);
    this.sources = [idField(this.id), hopField(this.id), ...behind];
  }

  /** The fields of a record that is written now, without those that it has of its own. */
  missing(has: (name: string) => boolean): Field[] {
    const fields: Field[] = [];
    for (const source of this.sources) if (!has(source.names[0])) fields.push(...source.now());
    return fields;
  }

  /** The fields that a record was given earlier, elsewhere perhaps, without those that another form of it has of its own. */
  given(record: Readonly<Record<string, unknown>>, has: (name: string) => boolean): Field[] {
    const names = this.sources.filter((source) => !has(source.names[0])).flatMap((source) => source.names);
    return names.map((name) => [name, record[name]] as const).filter((field): field is Field => typeof field[1] === 'string');
  }
}

function idField({ key, internal }: Required<FieldOptions>): FieldSource {
  return {
    names: [key],
    now() {
      const id = getCorrelationId() ?? internal;
      return id === null ? [] : [[key, id]];
    },
  };
}

function hopField({ hopKey }: Required<FieldOptions>): FieldSource {
  return {
    names: [hopKey],
    now() {
      const hop = activeHop();
      return hop === undefined ? [] : [[hopKey, hop.number]];
    },
  };
}
