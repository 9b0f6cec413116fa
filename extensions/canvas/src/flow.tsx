/** The drawing surface: React Flow on the store's drawing. */

import { Background, MiniMap, ReactFlow, SelectionMode, useNodesInitialized, useReactFlow, useStore as useFlow } from '@xyflow/react';
import type { Connection, Edge, EdgeChange, NodeChange } from '@xyflow/react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { DragEvent } from 'react';
import { useAround } from './context';
import { useChecked, useTrait } from './host';
import { GRID, WIDTH } from './layout';
import { DrawnNode } from './node';
import { DRAGGED } from './palette';
import { useStore } from './store';
import type { Place } from './types';
import { View } from './view';
import type { Live, ViewNode, ViewWire } from './view';
import { DrawnWire } from './wire';

const NODES = { drawn: DrawnNode };
const WIRES = { drawn: DrawnWire };
const STILL: Live = { places: new Map(), sizes: new Map() };
const FIT = { padding: 0.12, maxZoom: 1 };
const MARGIN = 20;
const READABLE = 0.92; // at it the smallest text on the canvas, 12 px, is 11 px high: what is larger is scrolled
const MANY = ['Shift', 'Control', 'Meta'];
const GRID_XY: [number, number] = [GRID, GRID];

export function Flow() {
  const { model, store, commands, components } = useAround();
  const state = useStore(store, now => now);
  const checked = useChecked(model);
  const readonly = Boolean(useTrait(model, 'readonly'));
  const [live, setLive] = useState(STILL);
  const latest = useRef(live);
  latest.current = live;
  const view = useMemo(() => new View(components), [components]);
  const nodes = view.drawNodes(state, checked, live);
  const wires = useMemo(() => view.drawWires(state, checked), [view, state.drawing, state.wires, checked]);
  const isMoved = useRef(false); // the view, by a person
  useEyes(latest, isMoved);

  const onNodesChange = useCallback((changes: NodeChange<ViewNode>[]) => {
    const chosen = new Set(store.state.nodes);
    let [isChosen, isLive] = [false, false];
    const places = new Map(latest.current.places);
    const sizes = new Map(latest.current.sizes);
    for (const change of changes) {
      if (change.type === 'select') {
        isChosen = true;
        if (change.selected) chosen.add(change.id);
        else chosen.delete(change.id);
      } else if (change.type === 'position' && change.position && change.dragging) {
        isLive = true;
        places.set(change.id, change.position);
      } else if (change.type === 'dimensions' && change.dimensions) {
        isLive = true;
        sizes.set(change.id, change.dimensions);
      }
    }
    if (isLive) setLive((latest.current = { places, sizes }));
    if (isChosen) store.choose(chosen, store.state.wires);
  }, [store]);

  const onEdgesChange = useCallback((changes: EdgeChange<ViewWire>[]) => {
    const chosen = new Set(store.state.wires);
    for (const change of changes) {
      if (change.type !== 'select') continue;
      if (change.selected) chosen.add(Number(change.id));
      else chosen.delete(Number(change.id));
    }
    if (changes.some(change => change.type === 'select')) store.choose(store.state.nodes, chosen);
  }, [store]);

  const onDragged = useCallback(() => {
    const { places, sizes } = latest.current;
    setLive((latest.current = { places: STILL.places, sizes }));
    if (places.size) commands.moveTo(places);
  }, [commands]);

  const onConnect = useCallback((made: Connection) => commands.connect(made.source, made.target), [commands]);
  const onReconnect = useCallback(
    (old: Edge, made: Connection) => commands.reconnect(Number(old.id), made.source, made.target),
    [commands]
  );
  const isNew = useCallback(
    (made: Connection | Edge) =>
      made.source !== made.target &&
      !store.state.drawing.edges.some(one => one.source === made.source && one.target === made.target),
    [store]
  );
  const onDrop = useDrop();

  return (
    <ReactFlow<ViewNode, ViewWire>
      nodes={nodes} edges={wires} nodeTypes={NODES} edgeTypes={WIRES}
      onNodesChange={onNodesChange} onEdgesChange={onEdgesChange}
      onNodeDragStop={onDragged} onSelectionDragStop={onDragged}
      onConnect={onConnect} onReconnect={onReconnect} isValidConnection={isNew} connectionRadius={28}
      nodesDraggable={!readonly} nodesConnectable={!readonly} edgesReconnectable={!readonly}
      edgesFocusable={false} disableKeyboardA11y deleteKeyCode={null}
      multiSelectionKeyCode={MANY} selectionMode={SelectionMode.Partial} zoomOnDoubleClick={false}
      snapToGrid snapGrid={GRID_XY} minZoom={0.1} maxZoom={2} elevateNodesOnSelect={false}
      onMove={event => { if (event) isMoved.current = true; }}
      onDragOver={onDragOver} onDrop={onDrop} proOptions={{ hideAttribution: true }}
    >
      <Background gap={3 * GRID} size={1} />
      {nodes.length > 0 && (
        <MiniMap<ViewNode> pannable zoomable nodeClassName={miniature} ariaLabel="Overview" nodeBorderRadius={8} />
      )}
    </ReactFlow>
  );
}

function miniature(node: ViewNode): string {
  return node.data.problem ? 'lc-bad' : '';
}

function onDragOver(event: DragEvent): void {
  if (!event.dataTransfer.types.includes(DRAGGED)) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = 'copy';
}

function useDrop(): (event: DragEvent) => void {
  const { commands, components } = useAround();
  const flow = useReactFlow();
  return useCallback((event: DragEvent) => {
    const component = components.get(event.dataTransfer.getData(DRAGGED));
    if (!component) return;
    event.preventDefault();
    const at = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
    const wire = (event.target as Element).closest<SVGElement>('.react-flow__edge')?.dataset.id;
    commands.add(component, { x: at.x - WIDTH / 2, y: at.y - 3 * GRID }, undefined, wire === undefined ? undefined : Number(wire));
  }, [commands, components, flow]);
}

/** Give the commands what they need of the view, and show all of a canvas once it was opened and drawn. */
function useEyes(live: { current: Live }, isMoved: { current: boolean }): void {
  const { store, commands } = useAround();
  const flow = useReactFlow<ViewNode, ViewWire>();
  const surface = useFlow(one => one.domNode);
  const width = useFlow(one => one.width);
  const height = useFlow(one => one.height);
  const isSeen = width > 0 && height > 0;
  const isDrawn = useNodesInitialized();
  const opened = useStore(store, now => now.opened);
  const isEmpty = useStore(store, now => now.drawing.nodes.length === 0);
  const fitted = useRef(-1);
  /** Show all where it can be read so; else from where it begins. */
  const settle = useCallback(() => {
    const nodes = flow.getNodes();
    if (!nodes.length) return;
    const box = flow.getNodesBounds(nodes);
    const room = { x: width - 2 * MARGIN, y: height - 2 * MARGIN };
    const zoom = Math.max(READABLE, Math.min(1, room.x / box.width, room.y / box.height));
    const place = (at: number, size: number, all: number) => MARGIN + Math.max(0, (all - size * zoom) / 2) - at * zoom;
    void flow.setViewport({ x: place(box.x, box.width, room.x), y: place(box.y, box.height, room.y), zoom });
  }, [flow, width, height]);
  useEffect(() => {
    if (fitted.current === opened) return;
    if (isEmpty) fitted.current = opened;
    if (!isDrawn || !isSeen || isEmpty) return;
    fitted.current = opened;
    isMoved.current = false;
    settle();
  }, [settle, isDrawn, isSeen, isEmpty, opened, isMoved]);
  useEffect(() => {
    if (fitted.current === opened && isSeen && !isMoved.current) settle();
  }, [settle, isSeen, isMoved, opened]); // the room has changed
  useEffect(() => {
    const middle = (): Place => {
      const box = surface?.getBoundingClientRect() ?? new DOMRect(0, 0, 800, 600);
      const at = flow.screenToFlowPosition({ x: box.x + box.width / 2, y: box.y + box.height / 2 });
      return { x: at.x - WIDTH / 2, y: at.y - 4 * GRID };
    };
    const show = (id: string): void => {
      const node = flow.getNode(id);
      if (!node) return;
      const { width = WIDTH, height = 8 * GRID } = node.measured ?? {};
      isMoved.current = true;
      const zoom = Math.max(flow.getZoom(), READABLE);
      void flow.setCenter(node.position.x + width / 2, node.position.y + height / 2, { zoom });
      surface?.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(id)}"]`)?.focus({ preventScroll: true });
    };
    commands.eyes = {
      middle, show,
      fit: () => {
        isMoved.current = true;
        void flow.fitView(FIT);
      },
      zoom: by => {
        isMoved.current = true;
        void (by > 0 ? flow.zoomIn() : flow.zoomOut());
      },
      heights: () => new Map([...live.current.sizes].map(([id, size]) => [id, size.height])),
    };
    return () => {
      commands.eyes = null;
    };
  }, [commands, flow, isMoved, live, surface]);
}
