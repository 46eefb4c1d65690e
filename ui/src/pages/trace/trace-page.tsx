export function TracePage() {
  return <p>soon</p>;
}
