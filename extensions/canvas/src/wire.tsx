/** One wire: the shape that runs on it, and its number where its target has several. */

import { memo } from 'react';
import { BaseEdge, getBezierPath } from '@xyflow/react';
import type { EdgeProps } from '@xyflow/react';
import type { ViewWire } from './view';

export const DrawnWire = memo(function DrawnWire(props: EdgeProps<ViewWire>) {
  const { sourceX, sourceY, sourcePosition, targetX, targetY, targetPosition, data } = props;
  const [path, x, y] = getBezierPath({ sourceX, sourceY, sourcePosition, targetX, targetY, targetPosition });
  return (
    <>
      <BaseEdge id={props.id} path={path} interactionWidth={16} />
      {data?.shape && <text className="lc-shape" x={data.number ? x - 8 : x} y={y - 4}>{data.shape}</text>}
      {data && data.number > 0 && (
        <text className="lc-shape lc-order" x={targetX - 7} y={targetY - 5 + orderAside(sourceY, targetY)}>
          {data.number}
        </text>
      )}
    </>
  );
});

/** Keep the numbers of wires from above and from below apart. */
function orderAside(from: number, to: number): number {
  return Math.max(-10, Math.min(14, (from - to) / 4));
}
