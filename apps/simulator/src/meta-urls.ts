/** The five settings a product needs to meet the simulator instead of Meta. */
export type MetaUrls = {
  INSTAGRAM_WWW_URL: string
  INSTAGRAM_API_URL: string
  INSTAGRAM_GRAPH_URL: string
  FACEBOOK_WWW_URL: string
  FACEBOOK_GRAPH_URL: string
}

/** Meta's hosts are path prefixes of the one origin. */
export const metaUrls = (url: string): MetaUrls => ({
  INSTAGRAM_WWW_URL: `${url}/www.instagram.com`,
  INSTAGRAM_API_URL: `${url}/api.instagram.com`,
  INSTAGRAM_GRAPH_URL: `${url}/graph.instagram.com`,
  FACEBOOK_WWW_URL: `${url}/www.facebook.com`,
  FACEBOOK_GRAPH_URL: `${url}/graph.facebook.com`,
})
