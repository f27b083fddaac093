import { answerText, isFault } from '../answer';
import type { Story } from '../model';
import type { RequestSummary } from '../read';
import { duration } from '../tell/durations';
import { columns, cut, fit } from '../terminal/paint';
import type { Paint } from '../terminal/paint';
import { timeOfDay } from '../terminal/story';
import { printable } from '../terminal/printable';

/** A request in a list, with its story if that was read. */
export interface Listed extends RequestSummary {
  story?: Story;
}

/** One row for each request: time, ID, outcome, duration, and where it failed first or spent its time. */
export function* listText(requests: readonly Listed[], paint: Paint, utc: boolean): Iterable<string> {
  const shown = requests.map((request) => ({
    request,
    when: request.time === undefined ? '' : timeOfDay(request.time, utc),
    id: printable(request.id),
    status: answerText(request) ?? '',
    took: request.ms === undefined ? '' : duration(request.ms),
  }));
  const longest = (text: (each: (typeof shown)[number]) => string): number => shown.reduce((most, each) => Math.max(most, columns(text(each))), 0);
  const [when, id, status, took] = [longest((each) => each.when), longest((each) => each.id), longest((each) => each.status), longest((each) => each.took)];
  for (const { request, ...each } of shown) {
    const isBad = request.status === undefined || isFault(request);
    const parts = [
      paint.dim(fit(each.when, when)),
      paint.bold(fit(each.id, id)),
      (isBad ? paint.red : String)(fit(each.status, status, 'right')),
      fit(each.took, took, 'right'),
      what(request, paint),
    ];
    yield cut(parts.join('  ').trimEnd(), paint.lineWidth);
  }
}

/** The first sentence of the story; without a story, the error message of a failed line; without that, the method and path. */
function what({ story, failedIn, error, service, method, url }: Listed, paint: Paint): string {
  const [sentence] = story?.verdict ?? [];
  if (sentence !== undefined) return printable(sentence);
  if (failedIn !== undefined) return `${paint.service(failedIn, printable(failedIn))}${error === undefined ? '' : `: ${printable(error)}`}`;
  return `${paint.service(service, printable(service))} ${printable([method, url].filter((part) => part !== undefined).join(' '))}`.trimEnd();
}
