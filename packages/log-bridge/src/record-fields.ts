import { getCorrelationId } from '@corr/propagator';
import { activeHop } from '@corr/propagator/internal';
import { checkedField } from './correlation-mixin';
import type { FieldOptions } from './correlation-mixin';

/** Name and value of a field on a record. */
export type Field = readonly [name: string, value: string];

/** Fields that belong together: a record with the first name is assumed to have all of them. */
export interface FieldSource {
  readonly names: readonly [string, ...string[]];
  /** The fields of a record written now, in the order of the names; empty if there are none. */
  now(): readonly Field[];
}

/**
 * What every stamped record gets from any logger: the ID, its hop, then the fields of further sources.
 *
 * New fields are added here only: each logger's adapter asks this class and adds what the record lacks.
 */
export class RecordFields {
  readonly id: Required<FieldOptions>;
  private readonly sources: readonly FieldSource[];

  /** Errors: throws a `TypeError` that names the option, the value and what was expected. */
  constructor(options: FieldOptions = {}, readonly behind: readonly FieldSource[] = []) {
    this.id = checkedField(options);
    this.sources = [idField(this.id), hopField(this.id), ...behind];
  }

  /** The fields of a record written now, without those that it already has. */
  missing(has: (name: string) => boolean): Field[] {
    const fields: Field[] = [];
    for (const source of this.sources) if (!has(source.names[0])) fields.push(...source.now());
    return fields;
  }

  /** The fields that a record was given earlier, possibly elsewhere, without those that another form of it already has. */
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
