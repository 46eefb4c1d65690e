import {createTheme, type MantineColorsTuple} from '@mantine/core';

const indigo: MantineColorsTuple = [
  '#eeeffc',
  '#d9dbf7',
  '#b8bbee',
  '#9a9fe6',
  '#8187de',
  '#6a70d3',
  '#555bc6',
  '#4146b4',
  '#353a97',
  '#2a2e79',
];
/** Errors and what is grave: white can be read on the shades that buttons take, 7 when light and 6 when dark. */
const red: MantineColorsTuple = [
  '#fcebe8',
  '#f8d2cc',
  '#f3b3aa',
  '#ff9c8e',
  '#ff7b69',
  '#cc3d2d',
  '#c63425',
  '#c02a1b',
  '#9c2115',
  '#7a190f',
];
/** Greys of the dark scheme, from text to page, as in tokens.css. */
const dark: MantineColorsTuple = [
  '#e8e9eb',
  '#b1b4bb',
  '#8b8f98',
  '#5c6069',
  '#43464e',
  '#292b31',
  '#18191d',
  '#141518',
  '#121316',
  '#0e0f11',
];

/** Mantine in Weft's tokens: small, square, quiet. */
export const mantineTheme = createTheme({
  colors: {indigo, red, dark},
  primaryColor: 'indigo',
  primaryShade: {light: 7, dark: 6},
  fontFamily: 'var(--font)',
  fontFamilyMonospace: 'var(--font-mono)',
  defaultRadius: 5,
  fontSizes: {xs: '12px', sm: '13px', md: '13px', lg: '15px', xl: '19px'},
  headings: {fontWeight: '600'},
  respectReducedMotion: true,
  cursorType: 'pointer',
  components: {
    Menu: {defaultProps: {shadow: 'md', transitionProps: {duration: 80}}},
    Popover: {defaultProps: {shadow: 'md', transitionProps: {duration: 80}}},
    Combobox: {defaultProps: {shadow: 'md', transitionProps: {duration: 0}}},
    Modal: {defaultProps: {transitionProps: {duration: 100}}},
  },
});
