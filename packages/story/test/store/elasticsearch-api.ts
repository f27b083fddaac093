import { only } from './server';
import type { Answer, Asked } from './server';

// Simulates Elasticsearch's answers to these requests from its documentation, because it cannot run here. Unknown clauses are
// refused.
// https://www.elastic.co/docs/reference/elasticsearch/rest-apis/paginate-search-results (search_after, size, sort)
// https://www.elastic.co/guide/en/elasticsearch/reference/7.17/search-field-caps.html
// https://www.elastic.co/guide/en/elasticsearch/reference/7.17/sort-search-results.html (unmapped_type, numeric_type)
// https://www.elastic.co/guide/en/elasticsearch/reference/7.17/query-dsl.html (bool, term, terms, range, exists, match_phrase,
// multi_match, match_none)
export type Doc = Record<string, unknown>;
/** Types of fields by dotted name. */
export type Mapping = Record<string, 'keyword' | 'text' | 'date' | 'long' | 'float'>;

type Clause = Record<string, Record<string, unknown>>;

export class ElasticsearchApi {
  constructor(private readonly index: string, private readonly mapping: Mapping, readonly docs: Doc[], private readonly window = 10_000) {}

  answer({ method, path, query, headers, body }: Asked): Answer {
    const [, index = '', action] = path.split('/');
    if (!new RegExp(`^${index.replaceAll('*', '.*')}$`).test(this.index)) return { status: 404, body: { error: { type: 'index_not_found_exception', reason: `no such index [${index}]` }, status: 404 } };
    if (action === '_field_caps' && method === 'GET') {
      only(Object.fromEntries(query), 'fields', 'allow_no_indices');
      const names = (query.get('fields') ?? '').split(',').filter((name) => name in this.mapping);
      return { body: { indices: [this.index], fields: Object.fromEntries(names.map((name) => [name, { [this.mapping[name] as string]: { type: this.mapping[name], searchable: true, aggregatable: this.mapping[name] !== 'text' } }])) } };
    }
    if (action !== '_search' || method !== 'POST') throw new Error(`no handler for ${method} ${path}`);
    only(Object.fromEntries(query), 'allow_no_indices');
    if (headers['content-type'] !== 'application/json') return { status: 406, body: { error: 'Content-Type header is not supported' } };
    return { body: { took: 1, timed_out: false, hits: { hits: this.search(JSON.parse(body) as Doc) } } };
  }

  private search(request: Doc): unknown[] {
    only(request, 'query', 'sort', 'size', 'search_after', 'track_total_hits');
    const { size, sort, search_after: after } = request as { size: number; sort: Record<string, { order: 'asc' | 'desc'; unmapped_type?: string; numeric_type?: string }>[]; search_after?: unknown[] };
    if (!(size > 0 && size <= this.window)) throw new Error(`Result window is too large, from + size must be less than or equal to: [${this.window}] but was [${size}]`);
    const [[field = '', how] = []] = sort.map((each) => Object.entries(each)[0] ?? []);
    if (sort.length !== 1 || how === undefined) throw new Error('one field to sort by is what this server knows');
    only(how, 'order', 'unmapped_type', 'numeric_type');
    if (after !== undefined && after.length !== sort.length) throw new Error(`search_after has ${after.length} value(s) but sort has ${sort.length}.`);
    const value = (doc: Doc): number => (this.mapping[field] === 'date' ? Date.parse(String(valueOf(doc, field))) : Number(valueOf(doc, field)));
    const sign = how.order === 'asc' ? 1 : -1;
    return this.docs
      .map((doc, index) => ({ _index: this.index, _id: String(index), _source: doc, sort: [value(doc)] }))
      .filter(({ _source, sort: [at] }) => this.matches(_source, request['query'] as Clause) && (after === undefined || ((at as number) - Number(after[0])) * sign > 0))
      .sort((a, b) => ((a.sort[0] as number) - (b.sort[0] as number)) * sign)
      .slice(0, size);
  }

  private matches(doc: Doc, clause: Clause): boolean {
    const [[kind = '', inner = {}] = [], ...more] = Object.entries(clause);
    if (more.length > 0) throw new Error(`[${kind}] malformed query, expected [END_OBJECT]`);
    const [field = '', wanted] = Object.entries(inner)[0] ?? [];
    const text = (name: string): string | undefined => { const value = valueOf(doc, name); return value === undefined ? undefined : String(value); };
    switch (kind) {
      case 'match_none': return false;
      case 'bool': {
        only(inner, 'filter', 'should', 'must_not', 'minimum_should_match');
        const { filter = [], should = [], must_not: not = [] } = inner as { filter?: Clause[]; should?: Clause[]; must_not?: Clause[] };
        if (should.length > 0 && inner['minimum_should_match'] !== 1) throw new Error('should beside nothing else has to say how many');
        return filter.every((each) => this.matches(doc, each)) && (should.length === 0 || should.some((each) => this.matches(doc, each))) && !not.some((each) => this.matches(doc, each));
      }
      case 'exists': return valueOf(doc, String(inner['field'])) !== undefined;
      case 'term': return this.mapping[field] === 'text' ? words(text(field) ?? '').includes(String(wanted)) : text(field) === wanted;
      case 'terms': {
        if (!Array.isArray(wanted)) throw new Error('[terms] query expects a list');
        if (this.mapping[field] === 'long' && wanted.some((each) => Number.isNaN(Number(each)))) throw new Error(`failed to create query: For input string`);
        return wanted.includes(valueOf(doc, field));
      }
      case 'range': {
        const bounds = wanted as { gte?: number; lte?: number; format?: string };
        only(bounds, 'gte', 'lte', 'format');
        const value = this.mapping[field] === 'date' ? Date.parse(text(field) ?? '') : Number(text(field));
        if (this.mapping[field] === 'date' && bounds.format !== 'epoch_millis') throw new Error('failed to parse date field');
        return value >= (bounds.gte ?? -Infinity) && value <= (bounds.lte ?? Infinity);
      }
      case 'match_phrase': return this.phrase(text(field), String(wanted), this.mapping[field]);
      case 'multi_match': {
        only(inner, 'query', 'type', 'fields', 'lenient');
        return (inner['fields'] as string[]).some((name) => this.phrase(text(name), String(inner['query']), this.mapping[name]));
      }
      default: throw new Error(`unknown query [${kind}]`);
    }
  }

  /** Matches the words of a phrase in sequence; for a keyword, the whole value. */
  private phrase(value: string | undefined, wanted: string, type: string | undefined): boolean {
    if (value === undefined || type === undefined) return false;
    return type === 'text' ? ` ${words(value).join(' ')} `.includes(` ${words(wanted).join(' ')} `) : value === wanted;
  }
}

function words(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];
}

/** The value of a field, by its dotted name or in nested objects. `.keyword` is another index of the same value. */
function valueOf(doc: Doc, field: string): unknown {
  const name = field.replace(/\.keyword$/, '');
  if (name in doc) return doc[name];
  return name.split('.').reduce<unknown>((place, part) => Object(place)[part] as unknown, doc);
}
