/** Whether this phone can draw the map: WebGL 2, and a browser no older than Chrome 93 or Safari 15.4. */
export function canDraw(): boolean {
  try {
    return typeof Object.hasOwn === 'function' && !!document.createElement('canvas').getContext('webgl2')
  } catch {
    return false
  }
}
