/** Numbers with their units: money, memory, sizes, cards. */
import type { ITrans } from '../i18n/trans';

const formats = new Map<number, Intl.NumberFormat>();

/** A decimal string with between `least` and `most` digits after the point, rounded half up, thousands apart. */
export function decimal(value: string, least: number, most: number): string {
  const key = least * 100 + most;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.NumberFormat('en', { minimumFractionDigits: least, maximumFractionDigits: most });
    formats.set(key, format);
  }
  return format.format(Number(value));
}

/** `0.35 points/h`: a price per hour keeps up to four digits, so that small prices do not become nothing. */
export function pricePerHour(price: string, trans: ITrans): string {
  return trans.__('%1 points/h', decimal(price, 2, 4));
}

/** `1.20 points`; what is more than nothing is never shown as nothing. */
export function cost(amount: string, trans: ITrans): string {
  const value = Number(amount);
  if (value > 0 && value < 0.01) {
    return trans.__('< %1 points', '0.01');
  }
  return trans.__('%1 points', decimal(amount, 2, 2));
}

/** `16 GB`; memory and storage arrive as numbers of GB (2^30 bytes). A field that is empty has no number: `–`. */
export function gigabytes(amount: number): string {
  return Number.isNaN(amount) ? '–' : `${decimal(String(amount), 0, 1)}\u00a0GB`;
}

/** A size in bytes with the unit that leaves one to three digits before the point. */
export function bytes(size: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, size > 0 ? Math.floor(Math.log2(size) / 10) : 0);
  const value = size / 2 ** (10 * power);
  return `${decimal(String(value), 0, power === 0 || value >= 100 ? 0 : 1)}\u00a0${units[power] ?? 'B'}`;
}

/** `2x A100`, or that there is none. */
export function cards(type: string | null, count: number, trans: ITrans): string {
  return count > 0 && type ? `${count}x ${type}` : trans.__('No GPU');
}

/** `4 cores`, `–` for no number. */
export function cores(count: number, trans: ITrans): string {
  return Number.isNaN(count) ? '–' : trans._n('%1 core', '%1 cores', count);
}
