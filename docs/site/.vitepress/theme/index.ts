/** VitePress' default theme with the colours of the project, dark enough to read on either background. */
import theme from 'vitepress/theme-without-fonts'
import './colours.css'

export default theme
