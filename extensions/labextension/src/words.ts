/** States in words: an icon and a word, never colour alone. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { JobBody, RoomBody, State } from './wire';

const ICONS: Record<State, string> = {
  '': '',
  queued: '○',
  running: '◐',
  done: '●',
  paused: '‖',
  stopped: '■',
  failed: '▲'
};

/** The share of what is done, as "43 %"; "" where nothing tells. */
export function share(done: number, total: number, trans: TranslationBundle): string {
  return total > 0 ? trans.__('%1 %', Math.floor((100 * done) / total)) : '';
}

/** What a job is at: "◐ 43 %", "○ queued". */
export function jobWords(job: JobBody, trans: TranslationBundle): string {
  return stateWords(job.state, job.done, job.total, trans);
}

/** What a room's state means there: "● cached", "○ to promote". */
export function roomWords(room: RoomBody, trans: TranslationBundle): string {
  const { state, done, total } = room;
  if (room.room === 'uploads') {
    if (state === 'queued') {
      return trans.__('○ to take in');
    }
    return state === 'failed' ? trans.__('▲ %1 missing', total - done) : busy(room, trans);
  }
  if (room.room === 'discovery') {
    if (state === 'queued') {
      return trans.__('○ %1 of %2 cached', done, total);
    }
    return state === 'done' ? trans.__('● cached') : busy(room, trans);
  }
  if (room.room === 'features' || room.room === 'schemas') {
    return busy(room, trans);
  }
  if (room.room === 'assets' && state === 'queued') {
    return trans.__('○ to promote');
  }
  if (room.room === 'assets' && state === 'done') {
    return trans.__('● in production');
  }
  return stateWords(state, done, total, trans);
}

/** How long a job will still take at its pace, as "12 s" or "3 min"; "" where nothing tells. */
export function timeLeft(job: JobBody, nowSeconds: number, trans: TranslationBundle): string {
  if (job.state !== 'running' || job.done <= 0 || job.total <= job.done) {
    return '';
  }
  const seconds = ((nowSeconds - job.started_s) * (job.total - job.done)) / job.done;
  return seconds < 90
    ? trans.__('%1 s left', Math.max(1, Math.round(seconds)))
    : trans.__('%1 min left', Math.round(seconds / 60));
}

function busy(room: RoomBody, trans: TranslationBundle): string {
  return room.state === 'running' ? stateWords(room.state, room.done, room.total, trans) : '';
}

function stateWords(state: State, done: number, total: number, trans: TranslationBundle): string {
  const words: Record<State, string> = {
    '': '',
    queued: trans.__('queued'),
    running: share(done, total, trans) || trans.__('running'),
    done: trans.__('done'),
    paused: trans.__('paused'),
    stopped: trans.__('stopped'),
    failed: trans.__('failed')
  };
  return state ? `${ICONS[state]} ${words[state]}` : '';
}
