import {Button, TextInput} from '@mantine/core';
import {IconChevronDown, IconFold, IconSearch, IconZoomIn, IconZoomOut, IconZoomOutArea} from '@tabler/icons-react';
import {type KeyboardEvent, type RefObject, useRef} from 'react';
import {useFormat, useText} from '../../i18n/index.ts';
import {foldableDepth, type TraceModel, traceText, zoomAt} from '../../timeline/index.ts';
import {traceTabs} from '../../urls/index.ts';
import {IconAction, Keycap, MenuButton, MenuItem, MenuLine, useRoving} from '../../widgets/index.ts';
import classes from './trace-toolbar.module.css';
import type {TraceView} from './use-trace-view.ts';

/** The views of the trace, and the tools for finding one's way in it. */
export function TraceToolbar({
  model,
  view,
  find,
}: {
  readonly model: TraceModel;
  readonly view: TraceView;
  readonly find: RefObject<HTMLInputElement | null>;
}) {
  const text = useText(traceText).trace;
  const tab = view.url.tab ?? 'timeline';
  const tabs = useRef<HTMLElement>(null);
  const roving = useRoving(tabs);
  return (
    <div className={classes.bar}>
      <nav ref={tabs} className={classes.tabs} aria-label={text.views} onKeyDown={roving}>
        {traceTabs.map((name) => (
          <button
            key={name}
            type="button"
            className={classes.tab}
            aria-pressed={name === tab}
            onClick={() => view.change({tab: name === 'timeline' ? undefined : name})}
          >
            {text.tabs[name]}
          </button>
        ))}
      </nav>
      {(tab === 'timeline' || tab === 'flame') && <Find view={view} field={find} />}
      {tab === 'timeline' && (
        <>
          <FoldMenu model={model} view={view} />
          <ZoomTools model={model} view={view} />
        </>
      )}
    </div>
  );
}

function Find({view, field}: {readonly view: TraceView; readonly field: RefObject<HTMLInputElement | null>}) {
  const text = useText(traceText).trace;
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Enter') view.step(event.shiftKey ? -1 : 1);
    else if (event.key === 'Escape') {
      if (view.url.find !== undefined) view.clear();
      field.current?.blur();
    } else return;
    event.preventDefault();
  };
  return (
    <TextInput
      ref={field}
      size="xs"
      className={classes.find ?? ''}
      aria-label={text.findLabel}
      placeholder={text.find}
      value={view.url.find ?? ''}
      spellCheck={false}
      autoComplete="off"
      leftSection={<IconSearch size={14} />}
      rightSection={<Keycap>/</Keycap>}
      onChange={({currentTarget: {value}}) =>
        view.change({
          find: value === '' ? undefined : value,
          select: undefined,
          finding: undefined,
          ...(value === '' ? {only: undefined} : {}),
        })
      }
      onKeyDown={onKeyDown}
    />
  );
}

function FoldMenu({model, view}: {readonly model: TraceModel; readonly view: TraceView}) {
  const text = useText(traceText).trace;
  const format = useFormat();
  const deepest = Math.min(8, foldableDepth(model.layout));
  return (
    <MenuButton
      label={text.fold}
      button={(props) => (
        <Button
          size="compact-xs"
          variant="subtle"
          color="gray"
          fw={400}
          leftSection={<IconFold size={15} />}
          rightSection={<IconChevronDown size={12} />}
          {...(props as object)}
        >
          {text.fold}
        </Button>
      )}
    >
      <MenuItem hint={<Keycap>[</Keycap>} onClick={() => view.fold({depth: 0, toggled: [], spread: []})}>
        {text.foldAll}
      </MenuItem>
      <MenuItem hint={<Keycap>]</Keycap>} onClick={() => view.fold({depth: undefined, toggled: [], spread: 'all'})}>
        {text.unfoldAll}
      </MenuItem>
      {model.layout.groups.count > 0 && (
        <>
          <MenuLine />
          <MenuItem
            hint={<Keycap>G</Keycap>}
            onClick={() => view.fold({...view.folding, spread: view.folding.spread.length > 0 ? [] : 'all'})}
          >
            {view.folding.spread.length > 0 ? text.gatherAll : text.spreadAll}
          </MenuItem>
        </>
      )}
      {deepest > 1 && <MenuLine />}
      {Array.from({length: Math.max(0, deepest - 1)}, (_, index) => index + 1).map((depth) => (
        <MenuItem key={depth} onClick={() => view.fold({...view.folding, depth, toggled: []})}>
          {text.foldDepth(format.count(depth + 1))}
        </MenuItem>
      ))}
    </MenuButton>
  );
}

function ZoomTools({model, view}: {readonly model: TraceModel; readonly view: TraceView}) {
  const text = useText(traceText).trace;
  const {zoom} = view;
  const middle = (zoom.from + zoom.to) / 2;
  const whole = zoom.from === 0 && zoom.to === model.total;
  return (
    <div className={classes.group}>
      <IconAction
        label={text.zoomIn}
        keys="+"
        icon={<IconZoomIn size={16} />}
        onClick={() => view.setZoom(zoomAt(zoom, middle, 0.5, model.total))}
      />
      <IconAction
        label={text.zoomOut}
        keys="−"
        icon={<IconZoomOut size={16} />}
        disabled={whole}
        onClick={() => view.setZoom(zoomAt(zoom, middle, 2, model.total))}
      />
      <IconAction
        label={text.zoomAll}
        keys="0"
        icon={<IconZoomOutArea size={16} />}
        disabled={whole}
        onClick={() => view.setZoom(undefined)}
      />
    </div>
  );
}
