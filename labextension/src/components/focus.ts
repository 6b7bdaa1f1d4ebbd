/** Brings a person to the field at fault. */

/** Focuses the control named `field` in `form` and brings it into view; nothing where there is none. */
export function focusField(form: HTMLElement | null, field: string | null): void {
  if (!form || !field) {
    return;
  }
  const named = [
    ...form.querySelectorAll<HTMLElement>(
      `[name="${CSS.escape(field)}"], [data-field="${CSS.escape(field)}"]`
    )
  ];
  const control = named.find(one => !one.matches(':disabled'));
  control?.focus();
  control?.scrollIntoView({ block: 'center' });
}
