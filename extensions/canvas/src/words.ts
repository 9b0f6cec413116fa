/** How numbers and values are written. */

import type { Component, Field, Json } from './types';

const COUNT = new Intl.NumberFormat('en-US');

export function count(value: number): string {
  return COUNT.format(value);
}

/** A count with its unit: 1 parameter, 12,801 parameters. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** A size in memory: 640 kB, 1.2 GB. */
export function bytes(value: number): string {
  const power = Math.min(4, Math.max(1, Math.floor(Math.log10(Math.max(value, 1)) / 3)));
  const size = value / 1000 ** power;
  return `${size < 10 ? size.toFixed(1) : COUNT.format(Math.round(size))} ${['', 'kB', 'MB', 'GB', 'TB'][power]}`;
}

/** A parameter's value as it stands in a form. */
export function written(value: Json | undefined): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return value.map(written).join(', ');
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** What a person typed as a value of the field's kind; what is none stays as typed, for the check to say so. */
export function typed(text: string, field: Field): Json | undefined {
  const cut = field.kind === 'text' ? text : text.trim();
  if (cut === '') return undefined;
  if (field.kind === 'number') return asNumber(cut);
  if (field.kind !== 'list') return cut;
  const items = cut.split(',').map(item => item.trim()).filter(item => item !== '');
  return items.map(asNumber);
}

function asNumber(text: string): Json {
  return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) ? Number(text) : text;
}

/** What a field shows while nothing is entered. */
export function placeholder(field: Field): string {
  const value = written(field.default);
  if (value !== '') return value;
  const example = written(field.prefill);
  return example === '' ? '' : `e.g. ${example}`;
}

export function inWords(component: Component | undefined, name: string): string {
  return component?.title || name;
}

export function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
