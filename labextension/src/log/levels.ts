/** How serious a line is, by the words that programs commonly put at its beginning. */

export type Level = 'error' | 'warning' | 'debug' | null;

const ERROR =
  /^(?:\W*[\d:.,TZ /-]*\W*)?(?:\[?(?:ERROR|CRITICAL|FATAL|SEVERE)\b|Traceback \(most recent call last\)|[A-Za-z_.]*(?:Error|Exception)(?::|$))/;
const WARNING = /(?:^|[\s\]:[])(?:WARN(?:ING)?|[A-Za-z]*Warning)\b/;
const DEBUG = /^(?:\W*[\d:.,TZ /-]*\W*)?\[?(?:DEBUG|TRACE)\b/;

export function levelOf(text: string): Level {
  const head = text.slice(0, 160);
  if (ERROR.test(head)) {
    return 'error';
  }
  if (WARNING.test(head)) {
    return 'warning';
  }
  return DEBUG.test(head) ? 'debug' : null;
}
