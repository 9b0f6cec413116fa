/** One node: what it is called, what it is, what it holds, and what is wrong with it; its wires say what it gives. */

import { memo } from 'react';
import { Handle, Position } from '@xyflow/react';
import type { NodeProps } from '@xyflow/react';
import type { ViewNode } from './view';
import { count, counted } from './words';

export const DrawnNode = memo(function DrawnNode({ id, data, isConnectable }: NodeProps<ViewNode>) {
  const { title, parameters, shape, problem, more, waits } = data;
  return (
    <div className={`lc-node${problem ? ' lc-bad' : ''}${waits ? ' lc-waits' : ''}`}>
      {data.takes && <Handle type="target" position={Position.Left} isConnectable={isConnectable} />}
      <div className="lc-pair">
        <strong className="lc-line" title={id}>{id}</strong>
        {parameters !== null && (
          <span className="lc-figure" title={counted(parameters, 'parameter')}>{count(parameters)}</span>
        )}
      </div>
      <div className="lc-pair lc-quiet">
        <span className="lc-line" title={title}>{title}</span>
        {shape && !data.gives && <span className="lc-figure lc-small">{shape}</span>}
      </div>
      {problem && (
        <p className="lc-problem" title={problem}>
          <span aria-hidden="true">▲</span> {problem}
        </p>
      )}
      {more > 0 && <p className="lc-problem">and {counted(more, 'more problem')}</p>}
      {waits && !problem && <p className="lc-quiet lc-small">◌ waits for what comes before it</p>}
      {data.gives && <Handle type="source" position={Position.Right} isConnectable={isConnectable} />}
    </div>
  );
});
