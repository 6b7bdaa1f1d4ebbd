/** Amounts of money in full: exact sums, every digit that says something. */
import type { ITrans } from '../i18n/trans';

const AMOUNT = /^\d{1,12}(\.\d{1,6})?$/;
const MICRO = 1_000_000n;

/** What a person typed as the API takes it; null where it is no amount above 0. */
export function readAmount(text: string): string | null {
  const plain = text.trim();
  return AMOUNT.test(plain) && micro(plain) > 0n ? plain : null;
}

/** The exact sum of two amounts. */
export function plus(left: string, right: string): string {
  const sum = micro(left) + micro(right);
  const size = sum < 0n ? -sum : sum;
  return `${sum < 0n ? '-' : ''}${size / MICRO}.${(size % MICRO).toString().padStart(6, '0')}`;
}

/** `1,000.50 points`: at least two decimals, and as many more as are not nothing. */
export function points(amount: string, trans: ITrans): string {
  const [whole = '0', part = ''] = amount.split('.');
  const digits = part.replace(/0+$/, '').padEnd(2, '0');
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  return trans.__('%1 points', `${grouped}.${digits}`);
}

function micro(amount: string): bigint {
  const negative = amount.startsWith('-');
  const [whole = '0', part = ''] = amount.replace('-', '').split('.');
  const size = BigInt(whole) * MICRO + BigInt(part.padEnd(6, '0'));
  return negative ? -size : size;
}
