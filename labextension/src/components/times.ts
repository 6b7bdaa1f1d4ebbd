/** Times and durations as a person says them. */
import type { Language } from '../i18n/trans';

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

/** Seconds between two ISO times; `end` null is `now` (milliseconds). Never below 0. */
export function secondsBetween(start: string, end: string | null, now: number): number {
  const last = end ? Date.parse(end) : now;
  return Math.max(0, Math.floor((last - Date.parse(start)) / 1000));
}

/** `5d 3h`, `5天3小时`: the two largest units that say something. */
export function duration(seconds: number, language: Language): string {
  const words = language === 'zh-CN' ? ['天', '小时', '分', '秒'] : ['d', 'h', 'min', 's'];
  const parts = [
    Math.floor(seconds / DAY),
    Math.floor((seconds % DAY) / HOUR),
    Math.floor((seconds % HOUR) / MINUTE),
    Math.floor(seconds % MINUTE)
  ];
  const first = parts.findIndex(part => part > 0);
  if (first === -1) {
    return `0${language === 'zh-CN' ? '' : '\u00a0'}${words[3] ?? ''}`;
  }
  const gap = language === 'zh-CN' ? '' : ' ';
  const tight = (index: number): string => (language === 'en' && index >= 2 ? '\u00a0' : '');
  return parts
    .slice(first, first + 2)
    .map((part, index) => ({ part, index: first + index }))
    .filter(({ part }) => part > 0)
    .map(({ part, index }) => `${part}${tight(index)}${words[index] ?? ''}`)
    .join(gap);
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** A format is dear to make and cheap to use: each is made once. */
function format(language: Language, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = language + JSON.stringify(options);
  const known = formats.get(key) ?? new Intl.DateTimeFormat(language, options);
  formats.set(key, known);
  return known;
}

/** Date and time to the second, in the browser's zone, with the zone named. */
export function exactTime(iso: string, language: Language): string {
  return format(language, {
    dateStyle: 'medium',
    timeStyle: 'long'
  }).format(new Date(iso));
}

/** A time short enough for a table: the clock today, the day before that, the year when it is another. */
export function shortTime(iso: string, language: Language, now: number): string {
  const time = new Date(iso);
  const today = new Date(now);
  const clock = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  if (time.toDateString() === today.toDateString()) {
    return format(language, clock).format(time);
  }
  if (time.getFullYear() === today.getFullYear()) {
    return format(language, { month: 'short', day: 'numeric', ...clock }).format(time);
  }
  return format(language, { dateStyle: 'medium' }).format(time);
}
