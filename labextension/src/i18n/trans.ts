/** Texts by their English original. The shape is that of JupyterLab's TranslationBundle, so that Lab's own bundle fits. */

export interface ITrans {
  /** The text of `msgid`, its `%1`, `%2`, … replaced by `args`. */
  __(msgid: string, ...args: (string | number)[]): string;
  /** Singular or plural after `n`, which is `%1`; `args` follow as `%2`, … */
  _n(msgid: string, plural: string, n: number, ...args: (string | number)[]): string;
}

/** What a catalogue holds for a msgid; more than one where a plural was asked for. */
export type Messages = Record<string, string | string[]>;

export type Language = 'en' | 'zh-CN';

/** A bundle over a catalogue of our own, for pages, where there is no Lab to bring one. */
export function makeTrans(messages: Messages): ITrans {
  const found = (msgid: string): string | undefined => {
    const text = messages[msgid];
    return Array.isArray(text) ? text[0] : text;
  };
  return {
    __: (msgid, ...args) => fill(found(msgid) ?? msgid, args),
    _n: (msgid, plural, n, ...args) => fill(found(msgid) ?? (n === 1 ? msgid : plural), [n, ...args])
  };
}

/** The language of ours that is closest to a tag of the browser or of Lab (`zh_CN`, `zh-Hans`, `en-GB`). */
export function languageOf(tag: string): Language {
  return tag.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en';
}

function fill(text: string, args: (string | number)[]): string {
  return text.replace(/%(\d+)/g, (whole, digits: string) => {
    const value = args[Number(digits) - 1];
    return value === undefined ? whole : String(value);
  });
}
