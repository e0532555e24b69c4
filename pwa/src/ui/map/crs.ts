/** Coordinates of the tiles: records are WGS-84 always; what is drawn over GCJ-02 tiles is converted for the eye only. */
import gcoord from 'gcoord'
import type { LonLat } from '@/core/map/shape'

export interface Conversion {
  /** From records to the map. */
  shown(at: LonLat): LonLat
  /** From the map to records. */
  kept(at: LonLat): LonLat
}

const PLAIN: Conversion = { shown: (at) => at, kept: (at) => at }
const SHIFTED: Conversion = {
  shown: (at) => gcoord.transform(at, gcoord.WGS84, gcoord.GCJ02),
  kept: (at) => gcoord.transform(at, gcoord.GCJ02, gcoord.WGS84),
}

export function conversionFor(crs: string | undefined): Conversion {
  return crs === 'gcj02' ? SHIFTED : PLAIN
}
