// The builder turns an imported SVG into its text.
declare module '*.svg' {
  const text: string;
  export default text;
}
